/** The types of csv.js, which is shipped as it is. */
export function parseCsv(text: string): string[][]
export function csvOf(rows: readonly (readonly unknown[])[]): string
