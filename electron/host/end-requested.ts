/** When a program that serves until it is stopped is to stop. */

/** Resolves when the user or the system asks the process to end. `stdin`: whoever started it holds the other end of its input. */
export function endRequested({ stdin }: { stdin: boolean }): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
    process.once('SIGHUP', () => resolve())
    if (!stdin) return
    // Whoever started us holds the other end; when it is gone, so are we.
    process.stdin.once('end', () => resolve())
    process.stdin.once('close', () => resolve())
    process.stdin.once('error', () => resolve())
    process.stdin.resume()
  })
}
