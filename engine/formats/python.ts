/** Values as Python prints them, so that what a module prints can be laid beside what PyTorch's does. */

/** `1e-05`, `0.1`, `2`, `inf`. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const magnitude = Math.abs(value)
  const text =
    magnitude !== 0 && magnitude < 1e-4 && !Number.isInteger(value) ? value.toExponential() : String(value)
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

/** Tuples for lists, True and None for true and null; a string stands without quotes. */
export function pythonText(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return numberText(value)
  if (!Array.isArray(value)) return String(value)
  const items = value.map(pythonText)
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
}

/** `name=value`, in the order given. */
export const keywords = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${pythonText(value)}`)
    .join(', ')
