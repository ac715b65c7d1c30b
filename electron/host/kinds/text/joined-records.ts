/** Which lines of CSV are one record, because a quoted field goes on over them. Pure. */

/** So many lines one quoted field may have; beyond them a quote was none. */
const mostJoined = 200

/**
 * Whether a quoted field goes on behind a line, in which one may go on already. A quote opens a field where a field
 * begins, and closes it where one ends; any other stands for itself, as in a 15" screen.
 */
export function opensField(line: string, isOpen: boolean): boolean {
  let quoted = isOpen
  const edge = /"|,/g
  for (let begins = !isOpen, at = 0; at < line.length;) {
    if (begins && line[at] === '"') {
      quoted = true
      at++
    }
    begins = false
    edge.lastIndex = at
    const found = edge.exec(line)
    if (found === null) return quoted
    at = found.index + 1
    if (!quoted) {
      if (found[0] !== ',') continue
      begins = true
      while (line[at]?.trim() === '') at++
    } else if (found[0] === '"') {
      let behind = at
      while (line[behind]?.trim() === '') behind++
      if (line[at] === '"') at++
      else if (behind === line.length || line[behind] === ',') {
        quoted = false
        at = behind
      }
    }
  }
  return quoted
}

interface Joined {
  readonly from: number
  /** The last line of it. */
  readonly to: number
}

function recordsIn(lines: readonly string[], isRefused: (record: Joined) => boolean): Joined[] {
  const records: Joined[] = []
  for (let from = 0; from < lines.length; from++) {
    let to = from
    for (let open = opensField(lines[from]!, false); open;) {
      to++
      open = to < lines.length && to - from < mostJoined && opensField(lines[to]!, true)
      if (open) continue
      if (to >= lines.length || to - from >= mostJoined || isRefused({ from, to })) to = from
    }
    records.push({ from, to })
    from = to
  }
  return records
}

/** Labels of so few records may be words of a text. */
const fewRecords = 0.002

/**
 * Lines that one record of CSV is made of, as one: a quoted field may have line breaks. Not where most lines of it have
 * a label of their own, for then a quote that nothing closes would swallow them.
 */
export function joinRecords(
  lines: readonly string[],
  labelOf: (line: string) => string,
  last: boolean,
): string[] {
  const textOf = ({ from, to }: Joined) => lines.slice(from, to + 1).join('\n')
  const joined = recordsIn(lines, () => false)
  if (joined.length === lines.length) return [...lines]
  const counts = new Map<string, number>()
  for (const record of joined) {
    const label = labelOf(textOf(record))
    counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  const isKnown = (label: string): boolean =>
    label !== '' && (counts.get(label) ?? 0) > Math.max(1, fewRecords * joined.length)
  return recordsIn(lines, ({ from, to }) => {
    // One line of every record has its label.
    const inner = last ? lines.slice(from, to) : lines.slice(from + 1, to + 1)
    return 2 * inner.filter((line) => isKnown(labelOf(line))).length >= inner.length
  }).map(textOf)
}

/** As an earlier version joined them, whose data have to stay what they were. */
export function joinCounted(lines: readonly string[]): string[] {
  const isOdd = (text: string): boolean => (text.split('"').length - 1) % 2 === 1
  const records: string[] = []
  for (let i = 0; i < lines.length; i++) {
    let end = isOdd(lines[i]!) ? i + 1 : i
    while (end > i && end < lines.length && end - i < mostJoined && !isOdd(lines[end]!)) end++
    if (end >= lines.length || end - i >= mostJoined) end = i
    records.push(lines.slice(i, end + 1).join('\n'))
    i = end
  }
  return records
}
