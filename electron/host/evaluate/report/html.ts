/** HTML whose every text is escaped: names and cells from data are text, whatever they look like. */

/** Made by `html` alone, so that nothing gets in that was not escaped. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | null | readonly Part[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export const escaped = (text: string): string =>
  text
    .replaceAll(/[&<>"']/g, (sign) => entities[sign]!)
    // What no document may hold, and what an unpaired half of a sign would become.
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd')
    .toWellFormed()

/** What `escaped` made, as it was. */
export function unescaped(text: string): string {
  const signs = new Map(Object.entries(entities).map(([sign, entity]) => [entity, sign]))
  return text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => signs.get(entity)!)
}

function written(part: Part): string {
  if (part === null) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(written).join('')
  return escaped(String(part))
}

export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(texts.map((text, i) => text + (i < parts.length ? written(parts[i]!) : '')).join(''))

/** A name from data: written in its own direction, and moving nothing around it. */
export const named = (text: string): Html => html`<bdi>${text}</bdi>`

interface Column {
  readonly name: string | Html
  /** Numbers stand to the right. */
  readonly numeric?: boolean
}

export const table = (
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Part[])[],
): Html =>
  html`<div class="wide">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(({ name, numeric }) =>
            numeric === true
              ? html`<th scope="col" class="n">${name}</th>`
              : html`<th scope="col">${name}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, i) =>
                i === 0
                  ? html`<th scope="row">${cell}</th>`
                  : columns[i]?.numeric === true
                    ? html`<td class="n">${cell}</td>`
                    : html`<td>${cell}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div> `
