/** What a parser does, as SQL: DuckDB reads the cells. */
export interface ParserFunctions {
  /** Of a cell's trimmed text: DOUBLE, or NULL where it does not fit and where it is missing. */
  readonly cell: (text: string) => string
}
