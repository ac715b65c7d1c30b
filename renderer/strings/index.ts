/**
 * Everything the window says, room by room: plain data, and small functions for what has parameters. What is missing does
 * not compile; another language would be another object of the type `Strings`. What the host says, and the words of
 * definitions, stand with them. A component takes its part: `const words = strings.deploy.saved`, then `words.title`.
 */
import { charts } from './charts.ts'
import { compare } from './compare.ts'
import { components } from './components.ts'
import { counts } from './counts.ts'
import { data } from './data.ts'
import { deploy } from './deploy.ts'
import { evaluate } from './evaluate.ts'
import { examples } from './examples.ts'
import { explained } from './explained.ts'
import { explore } from './explore.ts'
import { figures } from './figures.ts'
import { graph } from './graph.ts'
import { help } from './help.ts'
import { model } from './model.ts'
import { prepare } from './prepare.ts'
import { search } from './search.ts'
import { settings } from './settings.ts'
import { shell } from './shell.ts'
import { start } from './start.ts'
import { tour } from './tour.ts'
import { train } from './train.ts'
import { ui } from './ui.ts'

export const strings = {
  shell,
  start,
  tour,
  data,
  explore,
  prepare,
  model,
  train,
  examples,
  search,
  evaluate,
  explained,
  deploy,
  compare,
  settings,
  charts,
  components,
  counts,
  figures,
  graph,
  help,
  ui,
} as const

export type Strings = typeof strings
