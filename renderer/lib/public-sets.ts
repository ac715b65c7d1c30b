/** What the list of public sets shows, and which of them are meant by a few words. Pure. */
import {
  addressOfSet,
  inCatalog,
  publicSetNames,
  publicSets,
  taskOf,
  type PublicSet,
  type PublicSetName,
} from '../../electron/contract/index.ts'

export interface ListedSet extends PublicSet {
  readonly name: PublicSetName
  /** What imports take. */
  readonly path: string
  readonly taskLabel: string
  /** Where it would be fetched. */
  readonly address: string
}

const searched = ({ name, label, teaches, taskLabel, license, source, target }: ListedSet): string =>
  [name, label, teaches, taskLabel, license, source, target].join(' ').toLowerCase()

/** Those in which every word stands, in the order of the list. */
export function listedSets(words: string, mirror: string | null): ListedSet[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  return publicSetNames
    .map((name): ListedSet => {
      const set: PublicSet = publicSets[name]
      return {
        ...set,
        name,
        path: inCatalog(name),
        taskLabel: taskOf(set.task).label,
        address: addressOfSet(name, mirror),
      }
    })
    .filter((set) => wanted.every((word) => searched(set).includes(word)))
}
