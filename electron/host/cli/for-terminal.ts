/** Text as a terminal may be given it: what stands in data may steer one, from another title to what it types by itself. */

const pictures = 0x24_00
const shown = (sign: string): string => {
  const code = sign.charCodeAt(0)
  // Those that JSON leaves as they are, as JSON may write them: it stays the same.
  return code < 0x20 ? String.fromCharCode(pictures + code) : `\\u${code.toString(16).padStart(4, '0')}`
}

/** With control characters as signs for them, but for the ends of lines and tabs. */
export const forTerminal = (text: string): string => text.replace(/(?![\n\t])\p{Cc}/gu, shown)

/** The same for what is to stay on its line. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]/gu, shown)

/** On stderr, beside what a command gives. */
export const tell = (text: string): void => void process.stderr.write(forTerminal(text))
