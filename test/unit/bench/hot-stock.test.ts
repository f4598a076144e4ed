import { measureHotStock } from '../../../bench/hot-stock';

/** In milliseconds, on a busy machine. */
const TIMEOUT = 60_000;

test(
  'sells exactly what is in stock, with one counter and with several',
  async () => {
    const { data } = await measureHotStock({ size: 20 });
    for (const row of data as { reserved: number; left: number; deadLetters: number }[])
      expect(row).toMatchObject({ reserved: 18, left: 0, deadLetters: 0 });
  },
  TIMEOUT,
);
