/** What a document's values are called in its PyTorch source. */
import type { NetworkDocument } from './network.ts'

const keywords =
  /^(?:and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)$/
export const isPythonWord = (name: string): boolean => keywords.test(name)

/** Names of variables: what is no letter, digit or _ in an input's name becomes one, and none is given twice. */
export function variablesOf(document: NetworkDocument): ReadonlyMap<string, string> {
  const names = [...document.inputs.map(({ name }) => name), ...document.nodes.map(({ id }) => id)]
  const taken = new Set(['self', 'nn', 'F', 'torch', 'formula'])
  return new Map(
    names.map((name) => {
      const plain = name.replaceAll(/[^A-Za-z0-9]+/g, '_').replace(/^(?=\d|$)/, 'x')
      let variable = isPythonWord(plain) ? `${plain}_` : plain
      for (let i = 2; taken.has(variable); i++) variable = `${plain}_${i}`
      taken.add(variable)
      return [name, variable]
    }),
  )
}

/** The lines of a source that compute these nodes, from 0. */
export function linesOfNodes(source: string, document: NetworkDocument, ids: readonly string[]): number[] {
  const variables = variablesOf(document)
  const begins = ids.flatMap((id) => (variables.has(id) ? `        ${variables.get(id)!} = ` : []))
  return source.split('\n').flatMap((line, i) => (begins.some((begin) => line.startsWith(begin)) ? [i] : []))
}
