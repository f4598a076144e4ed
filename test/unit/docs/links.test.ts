import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findDeadLinks, pagesIn } from '../../support/dead-links';

const ROOT = path.join(__dirname, '..', '..', '..');

test('every relative link in a Markdown file has a target', () => {
  expect(pagesIn(ROOT).length).toBeGreaterThan(5);
  expect(findDeadLinks(ROOT)).toEqual([]);
});

describe('the link check', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'links-'));
    writeFileSync(path.join(folder, 'other.md'), '# Ways to `talk`: all\n\n## Twice\n\n## Twice\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const check = (text: string) => {
    writeFileSync(path.join(folder, 'page.md'), text);
    return findDeadLinks(folder);
  };

  it.each(['nowhere.md', 'other.md#nowhere', '#nowhere', '../nowhere/'])('finds a link to %s', (link) => {
    expect(check(`# Page\n\n| [text](${link}) |\n| - |\n`)).toEqual([`page.md → ${link}`]);
  });

  it('finds a link by reference and an image', () => {
    expect(check('[text][one] ![image](nowhere.png)\n\n[one]: nowhere.md\n')).toHaveLength(2);
  });

  it.each(['other.md', 'other.md#ways-to-talk-all', 'other.md#twice-1', '#page', '.', 'https://example.com/nowhere'])(
    'accepts a link to %s',
    (link) => {
      expect(check(`# Page\n\n[text](${link})\n`)).toEqual([]);
    },
  );

  it('ignores links in code', () => {
    expect(check('`[text](nowhere.md)`\n\n```md\n[text](nowhere.md)\n```\n')).toEqual([]);
  });
});
