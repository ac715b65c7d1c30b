/** A run's settings as one flat list, in the recipe's own order. */
import { flattenSettings } from '../../electron/contract/index.ts'
import type { Recipe, SettingValue } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'

const words = strings.shell.changes

/** `training.optimizer.learningRate` → `Optimizer learning rate`; the outermost group says nothing and is left out. */
export function settingName(path: string): string {
  // Of layers that stand in the recipe, which one it is and what is set of it.
  const parts = path
    .replace(/^model\.document\.nodes\.(.+)\.options\./, 'layer.$1.')
    .split('.')
    .filter((part) => !['recipe', 'training', 'prepare', 'model'].includes(part))
  const words = (parts.length > 0 ? parts : [path])
    .join(' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
  const text = words
    .replace(/^optimizer name$/, 'optimizer')
    .replace(/^schedule name$/, 'schedule')
    .replace(/^data train/, 'train')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export function settingsOf(recipe: Recipe): Map<string, string> {
  const { prepare, target, imbalance, augment, split, model, training, budget, seed, backend } = recipe
  const settings = flattenSettings({
    model,
    training,
    prepare,
    target,
    imbalance,
    augment,
    split,
    ...(budget && { budget }),
    seed,
    backend,
  })
  return new Map([...settings].map(([path, value]) => [path, settingText(value)]))
}

/** What another recipe has that this one had otherwise, for whoever undid or redid it. */
export function changeInWords(before: Recipe | null, after: Recipe | null): string {
  if (!before || !after) return words.allOfIt
  const [was, is] = [settingsOf(before), settingsOf(after)]
  const changed = [...is.keys(), ...was.keys()].filter(
    (path, index, all) => was.get(path) !== is.get(path) && all.indexOf(path) === index,
  )
  const columns = after.data.columns.filter((column, index) => {
    const former = before.data.columns[index]
    return former?.name !== column.name || former.role !== column.role || former.kind !== column.kind
  })
  const parts = [
    ...columns.map(({ name, kind, role }) => words.column(name, kind, role)),
    ...changed.map((path) => words.setting(settingName(path), is.get(path) ?? words.notSet)),
  ]
  const [first] = parts
  if (first === undefined) return words.data
  return parts.length === 1 ? first : words.andMore(first, parts.length - 1)
}

function settingText(value: SettingValue): string {
  if (Array.isArray(value)) return value.length > 0 ? value.join('-') : words.none
  if (value === null) return words.off
  if (typeof value === 'boolean') return value ? words.on : words.off
  return String(value as string | number)
}
