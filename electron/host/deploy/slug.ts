/** A name that every file system takes. */
export function slug(name: string, otherwise = 'model'): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
  return plain.slice(0, 60).toLowerCase() || otherwise
}
