/** Lines and points as SVG within a page: told apart without color as well, and said in a sentence. */
import { formatNumber } from '../../../contract/index.ts'
import { html, type Html } from './html.ts'

interface Line {
  readonly label: string
  readonly x: readonly number[]
  readonly y: readonly number[]
}
interface Axis {
  readonly title: string
  readonly low?: number
  readonly high?: number
  readonly text?: (value: number) => string
  /** Marks at whole numbers alone. */
  readonly whole?: boolean
}

/** Okabe & Ito 2008, dark enough on white; then by strokes. */
const colors = ['#0072b2', '#b34700', '#00795a', '#a8457f', '#7a6500', '#2b7bba', '#5a3d99', '#333333']
const strokes = ['', '7 3', '2 3', '9 3 2 3', '12 4', '4 4', '1 4', '10 2 2 2 2 2']
const colorOf = (i: number): string => colors[i % colors.length]!
const strokeOf = (i: number): string => strokes[i % strokes.length]!

const [width, height] = [680, 260]
const box = { left: 80, right: 12, top: 12, bottom: 44 }

/** 1, 2 or 5 times a power of ten, so that there are about so many. */
export function marksBetween(low: number, high: number, about: number, whole = false): number[] {
  const span = high - low
  if (!(span > 0) || !Number.isFinite(span)) return [low]
  const raw = span / about
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw)!
  const size = whole ? Math.max(1, Math.round(step)) : step
  const first = Math.ceil(low / size - 1e-9)
  const count = Math.floor(high / size + 1e-9) - first + 1
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * size).toPrecision(12)))
}

const extentOf = (values: readonly number[], { low, high }: Axis): readonly [number, number] => {
  const finite = values.filter(Number.isFinite)
  const [least, most] = [
    low ?? finite.reduce((a, b) => Math.min(a, b), Infinity),
    high ?? finite.reduce((a, b) => Math.max(a, b), -Infinity),
  ]
  if (!Number.isFinite(least) || !Number.isFinite(most)) return [0, 1]
  return least < most ? [least, most] : [least - 0.5, most + 0.5]
}

interface Scale {
  readonly x: (value: number) => number
  readonly y: (value: number) => number
}

function frame(
  lines: readonly Pick<Line, 'x' | 'y'>[],
  axes: { readonly x: Axis; readonly y: Axis },
  spoken: string,
  drawn: (scale: Scale) => Html | readonly Html[],
): Html {
  const [left, right] = extentOf(
    lines.flatMap(({ x }) => x),
    axes.x,
  )
  const [low, high] = extentOf(
    lines.flatMap(({ y }) => y),
    axes.y,
  )
  const inside = { width: width - box.left - box.right, height: height - box.top - box.bottom }
  const scale: Scale = {
    x: (value) => Number((box.left + ((value - left) / (right - left)) * inside.width).toFixed(1)),
    y: (value) => Number((box.top + (1 - (value - low) / (high - low)) * inside.height).toFixed(1)),
  }
  const text = ({ text: own }: Axis, value: number): string => own?.(value) ?? formatNumber(value)
  const bottom = box.top + inside.height
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${spoken}">
    ${marksBetween(low, high, 4, axes.y.whole).map(
      (value) =>
        html`<line
            class="grid"
            x1="${box.left}"
            x2="${width - box.right}"
            y1="${scale.y(value)}"
            y2="${scale.y(value)}"
          /><text x="${box.left - 8}" y="${scale.y(value) + 4}" text-anchor="end"
            >${text(axes.y, value)}</text
          >`,
    )}${marksBetween(left, right, 8, axes.x.whole).map(
      (value) =>
        html`<text x="${scale.x(value)}" y="${bottom + 17}" text-anchor="middle"
          >${text(axes.x, value)}</text
        >`,
    )}
    <line class="axis" x1="${box.left}" x2="${width - box.right}" y1="${bottom}" y2="${bottom}" />
    <text x="${box.left + inside.width / 2}" y="${height - 6}" text-anchor="middle">${axes.x.title}</text>
    <text transform="translate(14 ${box.top + inside.height / 2}) rotate(-90)" text-anchor="middle">
      ${axes.y.title}
    </text>
    ${drawn(scale)}
  </svg>`
}

const figure = (title: string, picture: Html, after: Html | null = null): Html =>
  html`<figure>
    <figcaption>${title}</figcaption>
    ${picture}${after}
  </figure> `

const path = ({ x, y }: Line, scale: Scale): string =>
  x.flatMap((value, i) => (Number.isFinite(y[i]) ? [`${scale.x(value)},${scale.y(y[i]!)}`] : [])).join(' ')

export function lineChart(
  title: string,
  lines: readonly Line[],
  axes: { readonly x: Axis; readonly y: Axis },
  spoken: string,
): Html {
  const picture = frame(lines, axes, spoken, (scale) =>
    lines.map(
      (line, i) =>
        html`<polyline
          points="${path(line, scale)}"
          fill="none"
          stroke="${colorOf(i)}"
          stroke-width="2"
          stroke-dasharray="${strokeOf(i)}"
        />`,
    ),
  )
  const legend = html`<ul class="legend">
    ${lines.map(
      ({ label }, i) =>
        html`<li>
          <svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true">
            <line
              x1="1"
              x2="33"
              y1="5"
              y2="5"
              stroke="${colorOf(i)}"
              stroke-width="2"
              stroke-dasharray="${strokeOf(i)}"
            />
          </svg>
          ${label}
        </li>`,
    )}
  </ul>`
  return figure(title, picture, lines.length > 1 ? legend : null)
}

/** Both axes the same, with the line on which every prediction is right. */
export function scatterChart(
  title: string,
  points: readonly { readonly actual: number; readonly predicted: number }[],
  names: { readonly x: string; readonly y: string },
  spoken: string,
): Html {
  const [x, y] = [points.map(({ actual }) => actual), points.map(({ predicted }) => predicted)]
  const [low, high] = extentOf([...x, ...y], { title: '' })
  const axis = { low, high }
  const picture = frame(
    [{ x, y }],
    { x: { title: names.x, ...axis }, y: { title: names.y, ...axis } },
    spoken,
    (scale) => [
      html`<line
        class="axis"
        stroke-dasharray="6 4"
        x1="${scale.x(low)}"
        y1="${scale.y(low)}"
        x2="${scale.x(high)}"
        y2="${scale.y(high)}"
      />`,
      ...x.map(
        (value, i) =>
          html`<circle
            cx="${scale.x(value)}"
            cy="${scale.y(y[i]!)}"
            r="2"
            fill="${colorOf(0)}"
            fill-opacity="0.45"
          />`,
      ),
    ],
  )
  return figure(title, picture)
}
