/** Server-sent events from a byte stream: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */

/** Feed it text as it arrives; it returns the `data:` payloads that became complete. */
export function sseParser(): (chunk: string) => string[] {
  let rest = ''
  let data: string[] = []
  return (chunk) => {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    const complete: string[] = []
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) complete.push(data.join('\n'))
        data = []
      } else if (line.startsWith('data:')) {
        data.push(line.slice(line[5] === ' ' ? 6 : 5))
      }
    }
    return complete
  }
}

/** Milliseconds to wait before attempt n (from 0): 250 ms doubling to 8 s. */
export function reconnectDelay(attempt: number): number {
  return Math.min(8000, 250 * 2 ** attempt)
}
