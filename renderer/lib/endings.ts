/** What is worth a notification of the system: an end that somebody may be waiting for elsewhere. */
import type { HostEvent, RunState } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'

const words = strings.shell.endings

export interface Ending {
  readonly title: string
  readonly text: string
  /** Of what it is: a second one replaces the first. */
  readonly key: string
}

const isUnderWay = (state: RunState | undefined): boolean =>
  state === 'queued' || state === 'preparing' || state === 'running'

/**
 * Follows what the host tells. Runs that were seen under way and have ended by themselves are told of, and searches; runs of a
 * search are the search's to tell, and whoever stops something knows.
 */
export class Endings {
  readonly #states = new Map<string, RunState>()
  /** Names of searches that go on. */
  readonly #searches = new Map<string, string>()

  hear(event: HostEvent): Ending | null {
    if (event.type === 'search.changed') {
      const { searchId, name, state } = event
      if (state === 'running') this.#searches.set(searchId, name)
      else if (this.#searches.delete(searchId) && state === 'finished')
        return { title: words.search(name), text: words.searchText, key: searchId }
      return null
    }
    if (event.type !== 'run.changed') return null
    const { id, name, state, epoch, error } = event.run
    const before = this.#states.get(id)
    this.#states.set(id, state)
    if (!isUnderWay(before) || isUnderWay(state)) return null
    if ([...this.#searches.values()].some((search) => name.startsWith(`${search}, `))) return null
    if (state === 'finished') return { title: words.finished(name), text: words.finishedText(epoch), key: id }
    if (state === 'failed' || state === 'interrupted')
      return { title: words.failed(name), text: error ?? words.failedText, key: id }
    return null
  }
}
