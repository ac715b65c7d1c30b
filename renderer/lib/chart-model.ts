/** A chart as plain data: what is drawn, said, saved and tabled comes from this. */
import type { Point } from './chart-data.ts'

export interface Series {
  label: string
  data: Point[]
  /** Place in the palette, from 1; beyond eight, the stroke changes too. */
  color: number
  kind?: 'line' | 'points' | 'bars'
  dashed?: boolean
  /** Behind the others, and thin: what a smoother line stands for. */
  faint?: boolean
  hidden?: boolean
}
export interface Axis {
  /** With its unit. */
  title: string
  logarithmic?: boolean
  integer?: boolean
  min?: number
  max?: number
  /** Names of the positions 0, 1, 2…: makes the axis one of categories. */
  categories?: string[]
}
export interface Marker {
  x: number
  label: string
}
export interface ChartModel {
  series: Series[]
  x: Axis
  y: Axis
  markers?: Marker[]
  /** Bars of the same place stand on each other. */
  stacked?: boolean
}

/** What a drawing needs to know of the theme: its colors are words that a canvas and an SVG file both understand. */
export interface Palette {
  text: string
  muted: string
  line: string
  panel: string
  sunken: string
  positive: string
  negative: string
  font: string
  /** The color of the token with this number. */
  series(number: number): string
}

export const isEmptyChart = ({ series }: ChartModel): boolean => series.every(({ data }) => data.length === 0)
