/** SQL of which runs are meant, and of what they are sorted by. */
import type { RunFilter, RunMoment, RunOrder } from '../../contract/index.ts'
import type { Store } from '../store/index.ts'
import { isOfCurve, untilEpoch } from './moments.ts'
import { contains, searchOf } from './search.ts'

type Parameters = Record<string, string | number | null>

const fields: Record<Extract<RunOrder, { field: unknown }>['field'], string> = {
  number: 'number',
  name: 'name_key',
  state: 'state',
  task: 'task',
  epoch: 'epoch',
  bestEpoch: 'best_epoch',
  seconds: 'seconds',
  finishedAt: 'finished_at',
  backend: 'backend',
  seed: 'seed',
  dataVersion: 'data_version',
}

const marks: Record<Extract<RunOrder, { mark: unknown }>['mark'], string> = {
  starred: 'nullif(starred, 0)',
  tag: '(SELECT min(lower(tag)) FROM run_tags WHERE run = number)',
  note: "nullif(note, '')",
}

interface Sorting {
  readonly join: string
  readonly by: string
  readonly parameters: Parameters
}

export function sortingOf(order: RunOrder, moment: RunMoment = 'bestEpoch'): Sorting {
  if ('field' in order) return { join: '', by: fields[order.field], parameters: {} }
  if ('mark' in order) return { join: '', by: marks[order.mark], parameters: {} }
  if ('series' in order && isOfCurve(order.series, moment))
    return {
      join: '',
      by: `(SELECT value FROM point_values WHERE run = number AND series = (SELECT id FROM series_names WHERE name = @sorted)
            ${untilEpoch(moment)} ORDER BY step DESC LIMIT 1)`,
      parameters: { sorted: order.series },
    }
  const [table, column, names, name] =
    'series' in order
      ? ['run_metrics', 'series', 'series_names WHERE name', order.series]
      : ['run_settings', 'setting', 'setting_paths WHERE path', order.setting]
  return {
    join: `LEFT JOIN ${table} AS sorted ON sorted.${column} = (SELECT id FROM ${names} = @sorted) AND sorted.run = number`,
    by: 'sorted.value',
    parameters: { sorted: name },
  }
}

/** Has weights that can be evaluated. */
export const isTrained = `(state = 'finished' OR (state = 'stopped' AND best_epoch IS NOT NULL))`

export interface Conditions {
  readonly where: string
  readonly parameters: Parameters
}

/** In terms of the table of runs; those that were deleted are out of sight. */
export function conditionsOf(
  store: Store,
  projectId: string,
  filter: RunFilter,
  hidden: readonly number[],
): Conditions {
  const parts = ['project_id = @project', 'deleted_at IS NULL']
  const parameters: Parameters = { project: projectId }
  const add = (part: string, values: Parameters): void => {
    parts.push(part)
    Object.assign(parameters, values)
  }
  const bind = (value: string): string => {
    parameters['text'] = value
    return '@text'
  }
  if (hidden.length > 0)
    add('number NOT IN (SELECT value FROM json_each(@hidden))', { hidden: JSON.stringify(hidden) })
  const search = filter.where === undefined ? null : searchOf(store, projectId, filter.where)
  if (search) add(search.sql, search.parameters)
  const { ids, text, states, tasks, trained, metrics = [], settings = [] } = filter
  if (ids) add('id IN (SELECT value FROM json_each(@ids))', { ids: JSON.stringify(ids) })
  if (text) add(contains('name', text, bind), {})
  if (states) add('state IN (SELECT value FROM json_each(@states))', { states: JSON.stringify(states) })
  if (tasks) add('task IN (SELECT value FROM json_each(@tasks))', { tasks: JSON.stringify(tasks) })
  if (trained) add(isTrained, {})
  metrics.forEach(({ series, atLeast, atMost }, i) =>
    add(
      `number IN (SELECT run FROM run_metrics WHERE series = (SELECT id FROM series_names WHERE name = @series${i})
         AND (@low${i} IS NULL OR value >= @low${i}) AND (@high${i} IS NULL OR value <= @high${i}))`,
      { [`series${i}`]: series, [`low${i}`]: atLeast ?? null, [`high${i}`]: atMost ?? null },
    ),
  )
  settings.forEach(({ setting, is }, i) => {
    const number = is.trim() === '' ? NaN : Number(is)
    add(
      `number IN (SELECT run FROM run_settings WHERE setting = (SELECT id FROM setting_paths WHERE path = @setting${i})
         AND value IN (@text${i}, @number${i}))`,
      {
        [`setting${i}`]: setting,
        [`text${i}`]: is.trim(),
        [`number${i}`]: Number.isFinite(number) ? number : null,
      },
    )
  })
  return { where: parts.join(' AND '), parameters }
}
