import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import GithubSlugger from 'github-slugger';
import MarkdownIt from 'markdown-it';

/** Folders without pages, or whose pages are links of another checkout. So are installed packages and folders that begin with a dot. */
const SKIPPED = ['cdk.out', path.join('cli', 'strip-sample', 'template')];

const markdown = new MarkdownIt({ html: true });

/**
 * Finds relative links in Markdown files whose target does not exist. A link to a heading must match the heading's anchor on
 * GitHub. Links to other sites are not checked.
 *
 * @param root the folder whose Markdown files are read
 * @returns each dead link as `<page> → <link>`
 */
export function findDeadLinks(root: string): string[] {
  return pagesIn(root).flatMap((page) =>
    linksOf(page)
      .filter((link) => isDead(link, page))
      .map((link) => `${path.relative(root, page)} → ${link}`),
  );
}

/** Returns the Markdown files in a folder and its subfolders. */
export function pagesIn(root: string, folder = root): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return [];
    if (SKIPPED.includes(path.relative(root, file))) return [];
    if (entry.isDirectory()) return pagesIn(root, file);
    return entry.name.endsWith('.md') ? [file] : [];
  });
}

function linksOf(page: string): string[] {
  const tokens = markdown.parse(readFileSync(page, 'utf8'), {}).flatMap(({ children }) => children ?? []);
  return tokens.flatMap((token) => String(token.attrGet('href') ?? token.attrGet('src') ?? '') || []);
}

function isDead(link: string, page: string): boolean {
  if (/^[a-z][a-z+.-]*:/i.test(link)) return false;
  const [target = '', anchor] = decodeURI(link).split('#');
  const file = target === '' ? page : path.resolve(path.dirname(page), target);
  if (!existsSync(file)) return true;
  return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).includes(anchor);
}

function anchorsOf(page: string): string[] {
  const slugger = new GithubSlugger();
  const tokens = markdown.parse(readFileSync(page, 'utf8'), {});
  return tokens.flatMap(({ type }, index) => {
    const text = tokens[index + 1]?.children?.filter((token) => ['text', 'code_inline'].includes(token.type)) ?? [];
    return type === 'heading_open' ? [slugger.slug(text.map(({ content }) => content).join(''))] : [];
  });
}
