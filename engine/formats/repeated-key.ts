const quote = 0x22
const backslash = 0x5c

/** Index of the quote that closes the string which opens at `open`. */
function closingQuote(json: string, open: number): number {
  let at = open + 1
  while (json.charCodeAt(at) !== quote) at += json.charCodeAt(at) === backslash ? 2 : 1
  return at
}

/**
 * A key that an object of this text, which must be valid JSON, has more than once; null when there is none. JSON.parse
 * takes the last and says nothing, while other readers take the first: one file, two meanings.
 */
export function findRepeatedKey(json: string): string | null {
  /** The keys so far of every object around the place; null for a list. */
  const open: (Set<string> | null)[] = []
  let mayBeKey = false
  for (let at = 0; at < json.length; at++) {
    switch (json.charAt(at)) {
      case '{':
        open.push(new Set())
        mayBeKey = true
        break
      case '[':
        open.push(null)
        break
      case '}':
      case ']':
        open.pop()
        break
      case ',':
        mayBeKey = true
        break
      case ':':
        mayBeKey = false
        break
      case '"': {
        const end = closingQuote(json, at)
        const keys = open.at(-1)
        if (keys && mayBeKey) {
          const key = JSON.parse(json.slice(at, end + 1)) as string
          if (keys.has(key)) return key
          keys.add(key)
        }
        at = end
      }
    }
  }
  return null
}
