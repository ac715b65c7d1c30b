const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A recipe says of what version it is and where its data comes from; other JSON is data, whatever else it is called. */
export const isRecipe = (value: unknown): boolean =>
  isObject(value) &&
  ('version' in value || 'kind' in value) &&
  isObject(value.data) &&
  isObject(value.data.source)
