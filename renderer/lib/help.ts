import {
  allFamilies,
  findingRegistries,
  graphOptions,
  memberOf,
  networks,
  settingGroups,
  type Options,
} from '../../electron/contract/index.ts'
import type { DataKind, Recipe } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'

/** What the inspector says about each thing: what it is, and how to choose. Keys are `data-explain` values. */
export interface Topic {
  title: string
  text: string
  /** How to choose, in one sentence. */
  advice?: string
  /** A paper, or an address. */
  source?: string
}

const pageTopics: Record<string, Topic> = strings.help.topics

const topicOf = ({ label, help, advice, source }: Described): Topic => ({
  title: label,
  text: help,
  ...(advice !== undefined && { advice }),
  ...(source !== undefined && { source }),
})
interface Described {
  readonly label: string
  readonly help: string
  readonly advice?: string
  readonly source?: string
}

const topicsOf = (path: string, options: Options): [string, Topic][] =>
  Object.entries(options).map(([key, option]) => [`${path}.${key}`, topicOf(option)])

/** Of everything that can be chosen, by its place in the recipe: `training.optimizer.adamw.beta1`. */
const optionTopics: [string, Topic][] = [
  ...allFamilies.flatMap(({ path, members }) =>
    members.flatMap((member): [string, Topic][] => [
      [`${path}.${member.name}`, topicOf(member)],
      ...topicsOf(`${path}.${member.name}`, member.options),
    ]),
  ),
  ...settingGroups.flatMap(({ path, options }) => topicsOf(path, options)),
  // No part of a recipe.
  ...topicsOf('graph', graphOptions),
]

/** Of what is said about the data as a whole. */
const findingTopics = findingRegistries.flatMap(({ members }) =>
  members.map((member): [string, Topic] => [`finding.${member.name}`, topicOf(member)]),
)

const topics: Readonly<Record<string, Topic>> = {
  ...pageTopics,
  ...Object.fromEntries([...optionTopics, ...findingTopics]),
}

/** Where the same page is about another kind of data. What is not here is true of every kind. */
const ofKind: Partial<Record<DataKind, Record<string, Partial<Topic>>>> = strings.help.ofKind

/** The topic as it holds for this recipe: nothing is said of a perceptron beside a convolutional network. */
export function topicFor(name: string, recipe: Pick<Recipe, 'kind' | 'model'> | null): Topic | null {
  const topic = topics[name]
  if (!topic) return null
  if (!recipe) return topic
  if (name === 'model') return topicOf(memberOf(networks, recipe.model.template))
  return { ...topic, ...ofKind[recipe.kind]?.[name] }
}

/** One of each title, for whoever lists or searches them: every optimizer has a learning rate. */
export const topicNames: readonly string[] = [
  ...new Map(
    Object.entries(topics)
      .toReversed()
      .map(([name, { title }]) => [title, name]),
  ).values(),
].toReversed()
