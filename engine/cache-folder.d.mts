interface Machine {
  readonly platform: string
  readonly env: Record<string, string | undefined>
  readonly home: string
}

/**
 * Where this user's machine keeps what can be made again, in a folder of our own; DESCENT_CACHE names another one, or says
 * `off`: then null.
 */
export function cacheFolder(machine?: Machine): string | null

/**
 * What to add to the environment of a Node process so that it keeps its sources as V8 compiled them, types stripped: its
 * start takes a third of the time then. Node tells versions of itself and of a source apart. Nothing where the user has
 * decided otherwise.
 */
export function codeCacheEnvironment(machine?: Machine): Record<string, string>
