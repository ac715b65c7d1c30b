/** Charts, and the two maps that are drawn like them. */
import { formatCount, plural } from '../lib/format.ts'

export const charts = {
  panel: {
    search: 'Find a line',
    showAll: 'Show all',
    showOnly: (lines: number) => `Show only ${lines === 1 ? 'this one' : `these ${lines}`}`,
    empty: 'Nothing to show yet.',
    legend: 'Legend',
    showOrHide: (series: string) => `Show or hide ${series}`,
    asChart: (title: string) => `Show ${title} as chart`,
    asTable: (title: string) => `Show ${title} as table`,
    zoom: 'Part of the chart',
    zoomIn: 'Zoom in: or drag across a part of the chart',
    zoomOut: 'Zoom out',
    earlier: 'Scroll to the left',
    later: 'Scroll to the right',
    whole: 'Whole chart',
    zoomed: (axis: string, from: string, to: string) => `${axis} ${from} – ${to}`,
  },
  canvas: {
    keys: (enterDoes = 'Enter opens the rows behind it') =>
      `Arrow keys go from one to the next, ${enterDoes}.`,
  },
  confusion: {
    title: 'Confusion matrix',
    asTable: 'Show Confusion matrix as table',
    asMap: 'Show Confusion matrix as map',
    note: 'rows, and share of the true class',
    right: 'all of a class, right',
    mistaken: 'all of a class, mistaken',
    trueClass: 'True class',
    predictedClass: 'Predicted class',
    predicted: (name: string) => `Predicted ${name}`,
    rows: 'rows',
    count: 'Rows',
    share: 'Of the class',
    confused: 'Most often mistaken',
    scroller: 'Confusion matrix, table',
    open: (truth: string, predicted: string) =>
      `Show the rows that are “${truth}” and predicted “${predicted}”`,
  },
  correlations: {
    title: 'Correlations',
    note: 'Pearson r, numeric columns',
    asMap: 'Show Correlations as map',
    asTable: 'Show Correlations as table',
    tooFew: 'Correlation needs at least two numeric columns.',
    scroller: 'Correlations, map',
    map: 'Correlation map',
    pair: (first: string, second: string, r: string) => `${first} and ${second}: r = ${r}`,
    column: 'Column',
    other: 'Other column',
    pearson: 'Pearson r',
    undefined: 'undefined',
  },
  histogram: {
    bar: (from: string, to: string, rows: number) => `${from} to ${to}: ${plural(rows, 'row')}`,
  },
  thinned: {
    note: (points: number) =>
      `Thinned: of ${formatCount(points)} recorded points each curve shows the lowest and the highest of every stretch, so that no spike is lost.`,
  },
  data: {
    from: 'From',
    to: 'To',
    share: (measure: string) => `${measure} (share of rows)`,
    target: (measure: string) => `${measure} (target’s unit)`,
    perfect: (measure: string) => `${measure} (1 is perfect)`,
  },
}
