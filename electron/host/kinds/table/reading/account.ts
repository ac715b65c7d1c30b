/** What became of every line that is not a row as it stands: for the receipt. */

export interface Told {
  readonly line: number
  readonly reason: string
  readonly text: string
}

const mostTold = 100
const longestTold = 200

/** Counts all, keeps the first. */
export class Tale {
  readonly told: Told[] = []
  count = 0

  add(line: number, reason: () => string, text: () => string): void {
    this.count++
    if (this.told.length < mostTold)
      this.told.push({ line, reason: reason(), text: text().slice(0, longestTold).trimEnd() })
  }
}

/** Lines of one sort, of which only few are named. */
class Lines {
  readonly first: number[] = []
  count = 0

  add(line: number, count = 1): void {
    this.count += count
    if (this.first.length < 3) this.first.push(line)
  }

  /** “line 5”, “lines 5, 9 and 12”, “12 lines, the first of them 5, 9 and 12”. */
  get words(): string {
    const { first, count } = this
    if (count === 1) return `line ${first[0]}`
    const listed = first.length < 2 ? `${first[0]}` : `${first.slice(0, -1).join(', ')} and ${first.at(-1)}`
    return count === first.length ? `lines ${listed}` : `${count} lines, the first of them ${listed}`
  }
}

export class Account {
  /** Rows that are left out. */
  readonly rejected = new Tale()
  /** Rows that are read otherwise than they stand. */
  readonly changed = new Tale()
  readonly comments = new Lines()
  readonly blanks = new Lines()
  readonly headers = new Lines()
  readonly titles = new Lines()
  /** Rows of a block that says once more what another one said. */
  readonly copies = new Lines()
  /** Where another table begins, and its lines. */
  readonly others = new Lines()
  /** Rows with delimiters behind their last cell. */
  trailing = 0

  notes(): string[] {
    const told = (lines: Lines, sentence: (words: string, many: boolean) => string): string[] =>
      lines.count === 0 ? [] : [sentence(lines.words, lines.count > 1)]
    return [
      ...told(this.comments, (lines, many) => `Left out as ${many ? 'comments' : 'a comment'}: ${lines}.`),
      ...told(this.blanks, (lines) => `Left out because no cell holds anything: ${lines}.`),
      ...told(this.headers, (lines) => `Left out because the header stands there once more: ${lines}.`),
      ...told(
        this.titles,
        (lines, many) =>
          `Left out as ${many ? 'titles' : 'a title'} above the header that follows: ${lines}.`,
      ),
      ...told(this.copies, (lines) => `Left out because the rows above are repeated there: ${lines}.`),
      ...told(
        this.others,
        (lines) =>
          `Left out because another table, with other columns, begins there: ${lines}. Save it as a file of its own.`,
      ),
      ...(this.trailing === 0
        ? []
        : [
            `${this.trailing} ${this.trailing === 1 ? 'row has' : 'rows have'} more delimiters than columns, with nothing between them.`,
          ]),
    ]
  }
}
