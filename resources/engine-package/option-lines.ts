/** What a call's options are: the members of the interface of its last parameter, wherever that is declared. */
import { dirname, resolve } from 'node:path'
import ts from 'typescript'
import { commentOf, exportsOf } from './declarations.ts'

type Named = ts.InterfaceDeclaration | ts.TypeAliasDeclaration

const isNamed = (node: ts.Node): node is Named =>
  ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)

/** The type of this name as a file sees it: its own, or one that it imports. */
function typeNamed(name: string, file: ts.SourceFile): Named | undefined {
  for (const statement of file.statements) {
    if (isNamed(statement) && statement.name.text === name) return statement
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue
    const names = statement.importClause?.namedBindings
    const path = statement.moduleSpecifier.text
    if (!names || !ts.isNamedImports(names) || !path.startsWith('.')) continue
    const found = names.elements.find((one) => one.name.text === name)
    if (!found) continue
    const there = exportsOf(resolve(dirname(file.fileName), path)).declared.get(
      (found.propertyName ?? found.name).text,
    )?.node
    return there && isNamed(there) ? there : undefined
  }
  return undefined
}

/** Lines of a list, one for each option that has a comment. An interface from elsewhere is one of options if its name says so. */
export function optionLines(call: ts.SignatureDeclaration): string[] {
  const lines = new Map<string, string>()

  const readNamed = (name: string, file: ts.SourceFile): boolean => {
    const named = typeNamed(name, file)
    if (!named || (ts.isTypeAliasDeclaration(named) && named.typeParameters)) return false
    if (ts.isInterfaceDeclaration(named) && named.getSourceFile() !== file && !/Options?$/.test(name))
      return false
    if (ts.isTypeAliasDeclaration(named)) read(named.type)
    else {
      for (const clause of named.heritageClauses ?? [])
        for (const { expression, typeArguments } of clause.types)
          readReference(expression.getText(), typeArguments, named.getSourceFile())
      named.members.forEach(read)
    }
    return true
  }

  const readReference = (
    name: string,
    given: ts.NodeArray<ts.TypeNode> | undefined,
    file: ts.SourceFile,
  ): void => {
    if (readNamed(name, file)) return
    if (name !== 'Omit') return given?.forEach(read)
    const known = new Set(lines.keys())
    if (given?.[0]) read(given[0])
    for (const [, left] of given?.[1]?.getText().matchAll(/'(\w+)'/g) ?? [])
      if (!known.has(left!)) lines.delete(left!)
  }

  const read = (node: ts.Node): void => {
    if (ts.isPropertySignature(node)) {
      const [name, comment] = [node.name.getText(), commentOf(node)]
      if (comment !== '') lines.set(name, `- \`${name}\`: ${comment}`)
    } else if (ts.isTypeReferenceNode(node))
      readReference(node.typeName.getText(), node.typeArguments, node.getSourceFile())
    else if (ts.isTypeLiteralNode(node) || ts.isIntersectionTypeNode(node)) ts.forEachChild(node, read)
  }

  const type = call.parameters.at(-1)?.type
  if (type) read(type)
  return [...lines.values()]
}
