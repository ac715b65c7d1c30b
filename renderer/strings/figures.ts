/** The frame around every chart and table: what can be done with it. */
import { formatCount, formatFixed, formatPercent, plural } from '../lib/format.ts'

export const figures = {
  table: {
    scroller: (name: string) => `${name}, table`,
  },
  frame: {
    leave: 'Leave full screen',
  },
  menu: {
    copyPicture: 'Copy picture',
    copyTable: 'Copy table',
    label: (title: string) => `Actions for ${title}`,
    png: 'Save as PNG',
    svg: 'Save as SVG',
    csv: 'Save data as CSV',
    fullScreen: 'Full screen',
  },
  files: {
    saved: (file: string) => `Saved as ${file}`,
    copied: 'Copied',
  },
  spoken: {
    place: (series: string, place: string, value: string, at: number, of: number) =>
      `${series}, ${place}: ${value}; ${at} of ${of}`,
    nothing: 'Nothing to show yet.',
    over: (count: number, name: string) => `over ${formatCount(count)} ${name}s`,
    fromTo: (name: string, from: string, to: string) => `from ${name} ${from} to ${to}`,
    at: (axis: string, place: string) => `at ${axis} ${place}`,
    single: (curve: string, value: string, at: string) => `${curve} is ${value} ${at}`,
    stays: (curve: string, value: string, stretch: string) => `${curve} stays at ${value} ${stretch}`,
    returns: (curve: string, value: string, stretch: string) =>
      `${curve} begins and ends at ${value} ${stretch}`,
    falls: (curve: string, from: string, to: string, stretch: string) =>
      `${curve} falls from ${from} to ${to} ${stretch}`,
    rises: (curve: string, from: string, to: string, stretch: string) =>
      `${curve} rises from ${from} to ${to} ${stretch}`,
    lowest: (course: string, value: string, at: string) => `${course}; lowest ${value} ${at}`,
    highest: (course: string, value: string, at: string) => `${course}; highest ${value} ${at}`,
    manyLines: (
      curves: number,
      stretch: string,
      lowest: { curve: string; value: string },
      highest: { curve: string; value: string },
    ) =>
      `${formatCount(curves)} curves ${stretch}; at its end ${lowest.curve} is lowest with ${lowest.value}, ${highest.curve} highest with ${highest.value}.`,
    threads: (count: number, y: string, x: string) =>
      `${y} by ${x}, ${plural(count, 'line')} over each other.`,
    parallel: (count: number, axes: number) =>
      `${plural(count, 'run')} as lines through ${plural(axes, 'axis', 'axes')} beside each other.`,
    oneClass: (name: string, count: number) => `${name} with ${formatCount(count)}`,
    classes: (what: string, by: string, bars: number) => `${what} by ${by}, ${plural(bars, 'bar')}`,
    mostAndFewest: (what: string, most: string, fewest: string) =>
      `${what}: most, ${most}; fewest, ${fewest}.`,
    range: (from: string, to: string) => `${from} to ${to}`,
    histogram: (
      total: number,
      what: string,
      by: string,
      bins: number,
      most: number,
      mostRange: string,
      middleRange: string,
    ) =>
      `${formatCount(total)} ${what} by ${by} in ${plural(bins, 'bin')}: most, ${formatCount(most)}, from ${mostRange}; the middle one from ${middleRange}.`,
    correlation: (r: number) => `, correlation ${formatFixed(r, 2)}`,
    points: (count: number, what: string, y: string, x: string, correlation: string) =>
      `${formatCount(count)} ${what}: ${y} against ${x}${correlation}.`,
    confusion: (classes: number, right: number | null, rows: number) =>
      `${plural(classes, 'class', 'classes')}; ${formatPercent(right)} of ${plural(rows, 'row')} predicted right`,
    mistaken: (start: string, actual: string, predicted: string, rows: number) =>
      `${start}; most often mistaken: ${actual} for ${predicted}, ${plural(rows, 'row')}.`,
    correlations: (columns: number) => `Pearson correlations of ${plural(columns, 'numeric column')}`,
    strongest: (start: string, first: string, second: string, r: number) =>
      `${start}; strongest: ${first} and ${second}, r = ${formatFixed(r, 2)}.`,
    table: (rows: number, columns: number) =>
      `Table of ${plural(rows, 'row')} and ${plural(columns, 'column')}.`,
  },
  picture: {
    more: (rows: number) => `and ${formatCount(rows)} more rows`,
  },
}
