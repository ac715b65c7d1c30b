/** How much is spent on a model of a table: one switch, from which network and training follow. */
import { define, family } from './define.ts'

export const quick = define({
  name: 'quick',
  label: 'Quick',
  help: 'One plain perceptron, trained for seconds: to see whether there is anything to learn.',
  options: {},
})

export const standard = define({
  name: 'standard',
  label: 'Standard',
  help: 'Several networks side by side that predict together, trained within a minute for ten thousand rows on two cores; of half a million rows and more a single one, in large steps.',
  options: {},
})

export const thorough = define({
  name: 'thorough',
  label: 'Thorough',
  help: 'More and wider networks, trained longer: some five to ten times the time of Standard, for the last percents.',
  options: {},
})

export const efforts = family({
  name: 'efforts',
  one: 'effort',
  help: 'How much is spent on a table: network and training follow from it, from how many rows there are and from the task.',
  path: 'effort',
  key: 'effort',
  usage: 'Chosen with --effort NAME. What --model and --set say comes after it.',
  members: [quick, standard, thorough],
})
export type Effort = (typeof efforts)['members'][number]['name']

/** What a table starts with: as docs/tables.md has it, beside other models. */
export const usualEffort: Effort = standard.name
