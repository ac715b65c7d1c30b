/** `1 row`, `2 rows`: with the noun, or the noun and its verb, that fits the number. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`
