/** How a metric falls where something happens to the rows: as lines by severity, and as a table. */
import { corruptionLabel, formatMetric, metricOf, worstFirst } from '../../electron/contract/index.ts'
import type { Robustness } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import type { ChartModel } from './chart-model.ts'
import { formatNumber } from './format.ts'
import { shareAxis } from './share-axis.ts'
import type { Cell, TableData } from './table-data.ts'

const words = strings.evaluate.robustness

export function robustnessModel(found: Robustness): ChartModel {
  const { metric, clean } = found
  const { label, unit, format } = metricOf(metric) ?? { label: metric, format: 'number' }
  return {
    series: worstFirst(found).map(({ corruption, points }, i) => ({
      label: corruptionLabel(corruption),
      color: i + 1,
      data: [{ x: 0, y: clean.value }, ...points.map(({ severity, value }) => ({ x: severity, y: value }))],
    })),
    x: { title: words.severity, integer: true, min: 0, max: 5 },
    y:
      format === 'share'
        ? shareAxis(label)
        : {
            title:
              format === 'target' ? strings.charts.data.target(label) : unit ? `${label} (${unit})` : label,
          },
  }
}

/** A line for each corruption and severity, with how far it went and how sure that is. */
export function robustnessTable(found: Robustness): TableData {
  const { metric, clean } = found
  const label = metricOf(metric)?.label ?? metric
  const text = (value: number): string => formatMetric(metric, value)
  return {
    columns: [
      { name: words.corruption },
      { name: words.severity },
      { name: words.level, text: (value) => formatNumber(value, 3) },
      { name: label, text },
      { name: words.low, text },
      { name: words.high, text },
    ],
    rows: [
      [words.clean, 0, null, clean.value, clean.low, clean.high],
      ...worstFirst(found).flatMap(({ corruption, points }) =>
        points.map(({ severity, level, value, low, high }): Cell[] => [
          corruptionLabel(corruption),
          severity,
          level,
          value,
          low,
          high,
        ]),
      ),
    ],
  }
}
