/** Random transforms of pictures: what the reference says of them stands in their records. */

interface TransformRecord {
  readonly help: string
  readonly source: string
  readonly options: Readonly<Record<string, unknown>>
}

/** The record of a random transform; undefined for anything else. */
export function transformRecord(value: unknown): TransformRecord | undefined {
  return typeof value === 'function' && 'record' in value ? (value.record as TransformRecord) : undefined
}

function boundsOf(option: Record<string, unknown>): string {
  const start = option['start']
  if (option['kind'] === 'choice')
    return `${(option['choices'] as string[]).join(' or ')}; ${String(start)} by default`
  if (option['kind'] === 'flag') return `${String(start)} by default`
  const bounds = `from ${String(option['least'])} to ${String(option['most'])}`
  if (option['kind'] !== 'range')
    return `${option['kind'] === 'whole' ? 'a whole number ' : ''}${bounds}; ${String(start)} by default`
  const [low, high] = start as readonly [number, number]
  return `drawn between two numbers ${bounds}; [${round(low)}, ${round(high)}] by default`
}
const round = (value: number): number => Number(value.toPrecision(4))

export function transformEntry(full: string, { help, source, options }: TransformRecord): readonly string[] {
  const entries = Object.entries(options) as [string, Record<string, unknown>][]
  return [
    `\`${full}(images: Tensor, { ${entries.map(([name]) => `${name}?`).join(', ')} }): Tensor\``,
    '',
    `${help} Takes and gives images [N, C, H, W] with values from 0 to 1, and draws for each by itself. Errors: a RangeError for another shape, and for an option that does not exist or is out of bounds. Source: ${source}.`,
    '',
    ...entries.map(([name, option]) => `- \`${name}\`: ${String(option['help'])} (${boundsOf(option)}.)`),
    '',
  ]
}
