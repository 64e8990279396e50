/** The files of the project and what each imports, for the tests of its structure. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** Paths from the top folder to their text. */
export type SourceTree = ReadonlyMap<string, string>;

export interface Import {
  from: string;
  /** Path from the top folder; for a package its name as written. */
  to: string;
  isPackage: boolean;
  /** Gone at run time. */
  isTypeOnly: boolean;
}

/** Every file of the repository that is not ignored, committed or not, as paths from the top folder. */
export function listFiles(): string[] {
  const output = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    encoding: "utf8",
  });
  return output.split("\0").filter((file) => file !== "" && existsSync(file) && statSync(file).isFile());
}

/** The project's own code. */
export function readSources(): SourceTree {
  const files = listFiles().filter((file) => /\.(ts|tsx|mjs)$/.test(file));
  return new Map(files.map((file) => [file, readFileSync(file, "utf8")]));
}

/** Every import, export from, and dynamic import in a tree. */
export function importsOf(tree: SourceTree): Import[] {
  return [...tree].flatMap(([from, text]) =>
    specifiersIn(from, text).map(({ specifier, isTypeOnly }) => {
      const to = resolve(from, specifier, tree);
      return { from, to: to ?? specifier, isPackage: to === null, isTypeOnly };
    }),
  );
}

function specifiersIn(file: string, text: string): { specifier: string; isTypeOnly: boolean }[] {
  const found: { specifier: string; isTypeOnly: boolean }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ specifier: node.moduleSpecifier.text, isTypeOnly: bringsOnlyTypes(node.importClause) });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ specifier: node.moduleSpecifier.text, isTypeOnly: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteralLike(argument)) found.push({ specifier: argument.text, isTypeOnly: false });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const { literal } = node.argument;
      if (ts.isStringLiteral(literal)) found.push({ specifier: literal.text, isTypeOnly: true });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return found;
}

function bringsOnlyTypes(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  const isNamed = clause.name === undefined && names !== undefined && ts.isNamedImports(names);
  return isNamed && names.elements.every(({ isTypeOnly }) => isTypeOnly);
}

/** @returns path from the top folder; null for a package */
function resolve(from: string, specifier: string, tree: SourceTree): string | null {
  const isOurs = specifier.startsWith("@/") || specifier.startsWith(".");
  if (!isOurs) return null;
  const base = specifier.startsWith("@/") ? specifier.slice(2) : path.posix.join(path.posix.dirname(from), specifier);
  const endings = ["", ".ts", ".tsx", ".mjs", "/index.ts", "/index.tsx"];
  return endings.map((ending) => base + ending).find((file) => tree.has(file)) ?? base;
}
