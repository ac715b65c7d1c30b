/** Expressions as Oniguruma, which the field's tokenizers are written for, understands them → JavaScript's. */

const word = '\\p{L}\\p{M}\\p{Nd}\\p{Pc}'
/** Unicode's sets where JavaScript's are those of ASCII, or a little different. */
const classes: Readonly<Record<string, string>> = {
  s: '\\p{White_Space}',
  S: '\\P{White_Space}',
  d: '\\p{Nd}',
  D: '\\P{Nd}',
}

/** Global, of Unicode's characters; a plain string stands for itself. Errors: SyntaxError where JavaScript has no such expression. */
export function wordExpression(source: string, isExpression = false): RegExp {
  if (!isExpression) return new RegExp(source.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'gu')
  let out = ''
  let inClass = false
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!
    if (c === '\\') {
      const next = source[++i] ?? ''
      if (next in classes) out += classes[next]!
      else if (next === 'w') out += inClass ? word : `[${word}]`
      else if (next === 'W' && !inClass) out += `[^${word}]`
      else if (next === 'b' && !inClass) out += `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))`
      else if (/[\p{L}\p{N}]/u.test(next) || /[\\^$.*+?()[\]{}|/-]/.test(next)) out += c + next
      // A sign that needs no backslash; JavaScript allows none.
      else out += next
      continue
    }
    if (c === '[') {
      if (inClass) throw new SyntaxError('a set within a set')
      inClass = true
    } else if (c === ']') inClass = false
    out += c
  }
  // As there, ^ and $ are the bounds of a line.
  return new RegExp(out, 'gmu')
}
