/** One command, from its words to its exit code. */
import packageJson from '../../../package.json' with { type: 'json' }
import { DescentError } from '../../contract/index.ts'
import { parseCommand, UsageError, type Command } from './args.ts'
import { helpText } from './help.ts'
import { forTerminal, tell } from './for-terminal.ts'

const print = (text: string): void => void process.stdout.write(forTerminal(text))

/** Before the engine is loaded, which reads it. */
function useThreads(threads: number | null): void {
  if (threads !== null) process.env['DESCENT_THREADS'] = String(threads)
}

/** Commands are loaded when asked for: help needs neither the engine nor DuckDB. */
async function execute(command: Command): Promise<void> {
  switch (command.command) {
    case 'help':
      print(helpText(command.about))
      return
    case 'version':
      print(`${packageJson.version}\n`)
      return
    case 'run': {
      useThreads(command.threads)
      const { folds, each } = command
      if (each !== null && folds !== null) {
        const { describeEachFolds, runEachFolds } = await import('./each-folds.ts')
        const report = await runEachFolds({ ...command, each, folds })
        print(command.json ? JSON.stringify(report) + '\n' : describeEachFolds(report))
        return
      }
      if (each !== null) {
        const { describeEach, runEach } = await import('./each.ts')
        const report = await runEach({ ...command, each })
        print(command.json ? JSON.stringify(report) + '\n' : describeEach(report))
        return
      }
      if (folds !== null) {
        const { describeFolds, runFolds } = await import('./folds.ts')
        const report = await runFolds({ ...command, folds })
        print(command.json ? JSON.stringify(report) + '\n' : describeFolds(report))
        return
      }
      const { FailedTraining, run } = await import('./run.ts')
      const { describeReport } = await import('./run-report.ts')
      const report = await run(command).catch((error: unknown) => {
        if (command.json && error instanceof FailedTraining)
          print(JSON.stringify({ error: error.message, ...error.found }) + '\n')
        throw error
      })
      print(command.json ? JSON.stringify(report) + '\n' : describeReport(report))
      return
    }
    case 'tune': {
      useThreads(command.threads)
      const { describeTuned, tune } = await import('./tune.ts')
      const tuned = await tune(command)
      print(command.json ? JSON.stringify(tuned) + '\n' : describeTuned(tuned))
      return
    }
    case 'search': {
      useThreads(command.threads)
      const { describeSearch, search } = await import('./search.ts')
      const report = await search(command)
      print(command.json ? JSON.stringify(report) + '\n' : describeSearch(report))
      return
    }
    case 'explore': {
      const { describeExplored, explore, exploredAsData } = await import('./explore.ts')
      const explored = await explore(command)
      print(command.json ? JSON.stringify(exploredAsData(explored)) + '\n' : describeExplored(explored))
      return
    }
    case 'augment': {
      const { augment, describeAugmented } = await import('./augment.ts')
      const written = await augment(command)
      print(command.json ? JSON.stringify(written) + '\n' : describeAugmented(written))
      return
    }
    case 'predict': {
      useThreads(command.threads)
      const { predictFile } = await import('./predict.ts')
      await predictFile(command)
      return
    }
    case 'explain': {
      useThreads(command.threads)
      const { describeExplaining, explain } = await import('./explain.ts')
      const found = await explain(command)
      print(command.json ? JSON.stringify(found) + '\n' : describeExplaining(found))
      return
    }
    case 'export': {
      const { describeExport, exportSaved } = await import('./export.ts')
      const exported = await exportSaved(command)
      print(command.json ? JSON.stringify(exported) + '\n' : describeExport(exported))
      return
    }
    case 'export-data': {
      const { describeExportedData, exportOpened } = await import('./export-data.ts')
      const exported = await exportOpened(command)
      print(command.json ? JSON.stringify(exported) + '\n' : describeExportedData(exported))
      return
    }
    case 'convert': {
      const { convert } = await import('./convert.ts')
      await convert(command)
      return
    }
    case 'data': {
      const { data } = await import('./data.ts')
      await data(command)
      return
    }
    case 'runs': {
      const { runs } = await import('./runs.ts')
      const { text, data } = await runs(command)
      print(command.json ? JSON.stringify(data) + '\n' : text)
      return
    }
    case 'project': {
      const { project } = await import('./project.ts')
      const { text, data } = await project(command)
      print(command.json ? JSON.stringify(data) + '\n' : text)
      return
    }
    case 'deploy': {
      useThreads(command.threads)
      const { deploy } = await import('./deploy.ts')
      await deploy(command)
      return
    }
    case 'latency': {
      useThreads(command.threads)
      const { describeLatency, latency } = await import('./latency.ts')
      const measured = await latency(command)
      print(command.json ? JSON.stringify(measured) + '\n' : describeLatency(measured))
      return
    }
    case 'space': {
      const { describeSpace, space } = await import('./space.ts')
      const report = await space(command)
      print(command.json ? JSON.stringify(report) + '\n' : describeSpace(report))
      return
    }
    case 'backup': {
      const { backup, describeBackup } = await import('./backup.ts')
      const written = await backup(command)
      print(command.json ? JSON.stringify(written) + '\n' : describeBackup(written))
      return
    }
    case 'restore': {
      const { describeRestored, restore } = await import('./backup.ts')
      const restored = await restore(command)
      print(command.json ? JSON.stringify(restored) + '\n' : describeRestored(restored))
      return
    }
    case 'diagnose': {
      const { problemReport } = await import('../problems/report.ts')
      const { workspacePath } = await import('../workspace.ts')
      print(problemReport(workspacePath(command.workspace ?? undefined)))
      return
    }
    case 'serve': {
      const { serve } = await import('../main.ts')
      await serve(command.args)
    }
  }
}

function codeOf(error: unknown): number {
  if (error instanceof UsageError) {
    const help = error.about === null ? 'descent --help' : `descent ${error.about} --help`
    tell(`descent: ${error.message} See “${help}”.\n`)
    return 2
  }
  if (error instanceof DescentError) {
    tell(`descent: ${error.message}\n`)
    return 1
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  tell(`descent: something went wrong that should not: ${detail}\n`)
  return 1
}

/** Does what the command line says. Gives the exit code; never throws. */
export async function perform(args: readonly string[]): Promise<number> {
  try {
    await execute(parseCommand(args))
    return 0
  } catch (error) {
    return codeOf(error)
  }
}
