/**
 * ESLint and tsc over one program: the rules that ask for types get what the compiler has found out, which each would otherwise take a
 * minute for. Prints what both say, and ends with 1 where that is anything. `node e2e/checks/lint.ts` does it by hand.
 */
import { join } from 'node:path'
import { ESLint } from 'eslint'
import ts from 'typescript'
import { root } from './process.ts'

/** The program of tsconfig.json, and what tsc would say of it. */
function typed(): { program: ts.Program; said: string } {
  const formatHost: ts.FormatDiagnosticsHost = {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
  }
  const parsed = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new Error(ts.formatDiagnostic(diagnostic, formatHost))
    },
  })!
  // The linter goes from a node to those around it.
  const host = ts.createCompilerHost(parsed.options, true)
  const program = ts.createProgram({ rootNames: parsed.fileNames, options: parsed.options, host })
  const found = [...parsed.errors, ...ts.getPreEmitDiagnostics(program)]
  return { program, said: ts.formatDiagnostics(ts.sortAndDeduplicateDiagnostics(found), formatHost) }
}

/** Where eslint.config.js asks for types, they are those of this program. */
async function linted(program: ts.Program): Promise<string> {
  const eslint = new ESLint({
    cwd: root,
    overrideConfig: {
      files: ['{electron,engine,e2e,resources}/**/*.ts'],
      languageOptions: { parserOptions: { projectService: false, programs: [program] } },
    },
  })
  const formatter = await eslint.loadFormatter('stylish')
  return await formatter.format(await eslint.lintFiles(['.']))
}

const { program, said } = typed()
const found = said + (await linted(program))
process.stdout.write(found)
process.exitCode = found.trim() === '' ? 0 : 1
