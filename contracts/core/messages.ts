import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// zod/mini reports only "Invalid input" without a locale. English alone: `z.locales` would add 260 KB to every bundle.
z.config(en());
