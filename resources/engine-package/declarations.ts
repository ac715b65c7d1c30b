/** What a module of the engine exports, by reading its source: the declarations, wherever they stand. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import ts from 'typescript'

export interface Declared {
  readonly name: string
  readonly node: ts.Node
  readonly file: ts.SourceFile
}

/** A module's exports: declarations, and modules that are exported whole. */
export interface Exports {
  readonly declared: ReadonlyMap<string, Declared>
  readonly modules: ReadonlyMap<string, string>
}

const sources = new Map<string, ts.SourceFile>()

export function sourceOf(path: string): ts.SourceFile {
  const known = sources.get(path)
  if (known) return known
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  sources.set(path, source)
  return source
}

const isExported = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

/** Names that a statement declares, each with what its comment stands before. */
function declaredBy(statement: ts.Statement): readonly (readonly [string, ts.Node])[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map((one) => [one.name.getText(), statement] as const)
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  return isNamed && statement.name ? [[statement.name.text, statement]] : []
}

/** The first of several declarations with one name that says what it is: a class before its type, an overload before its body. */
function add(declared: Map<string, Declared>, one: Declared): void {
  if (!declared.has(one.name)) declared.set(one.name, one)
}

const cache = new Map<string, Exports>()

export function exportsOf(path: string): Exports {
  const known = cache.get(path)
  if (known) return known
  const file = sourceOf(path)
  const declared = new Map<string, Declared>()
  const modules = new Map<string, string>()
  cache.set(path, { declared, modules })
  const own = new Map(
    file.statements.flatMap((s) => declaredBy(s).map(([name, node]) => [name, node] as const)),
  )
  for (const statement of file.statements) {
    if (isExported(statement))
      for (const [name, node] of declaredBy(statement)) add(declared, { name, node, file })
    if (!ts.isExportDeclaration(statement)) continue
    const from =
      statement.moduleSpecifier && ts.isStringLiteral(statement.moduleSpecifier)
        ? resolve(dirname(path), statement.moduleSpecifier.text)
        : null
    const clause = statement.exportClause
    if (clause && ts.isNamespaceExport(clause)) modules.set(clause.name.text, from!)
    else if (!clause) {
      const all = exportsOf(from!)
      for (const one of all.declared.values()) add(declared, one)
      for (const [name, module] of all.modules) modules.set(name, module)
    } else
      for (const { name, propertyName } of clause.elements) {
        const there = (propertyName ?? name).text
        const found = from ? exportsOf(from).declared.get(there) : undefined
        if (found) add(declared, { ...found, name: name.text })
        else if (own.has(there)) add(declared, { name: name.text, node: own.get(there)!, file })
      }
  }
  return { declared, modules }
}

/** The comment before a declaration, as plain sentences; '' where there is none. */
export function commentOf(node: ts.Node): string {
  const comments = ts.getJSDocCommentsAndTags(node).filter((one) => ts.isJSDoc(one))
  const text = comments.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '').join(' ')
  return text.replace(/\s*\n\s*/g, ' ').trim()
}

/** Whether a comment says more than where it comes from and what goes wrong. */
export function saysSomething(comment: string): boolean {
  const rest = comment
    .replace(/\bSource: .*?(?=(\s[A-Z][^.]*:)|$)/s, '')
    .replace(/\bErrors: .*$/s, '')
    .trim()
  return rest.split(/\s+/).filter((word) => word.length > 0).length > 0
}
