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
  /** Its categories are names: where there is no room for all, they are cut in the middle rather than left out. */
  named?: boolean
  /** How its numbers are written, with at most so many digits. */
  text?: (value: number, digits?: number) => string
  /** Its places mean nothing by themselves. */
  unmarked?: boolean
}
export interface Marker {
  x: number
  label: string
}
/** Where a mean may lie. */
export interface Band {
  /** As its series’. */
  color: number
  x: readonly number[]
  low: readonly number[]
  high: readonly number[]
}
/** One of very many lines, none of which is named. */
export interface Thread {
  x: readonly number[]
  y: readonly number[]
  /** From 0 to 1: how much it stands out. Absent: all alike. */
  worth?: number
}
export interface ChartModel {
  series: Series[]
  /** Beneath the series. */
  bands?: Band[]
  threads?: Thread[]
  /** Words beside places within the axes. */
  names?: { x: number; y: number; text: string }[]
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

export const isEmptyChart = ({ series, threads = [] }: ChartModel): boolean =>
  threads.length === 0 && series.every(({ data }) => data.length === 0)
