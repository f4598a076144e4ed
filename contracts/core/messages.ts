import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// zod/mini says only "Invalid input" until it is given a language. Only this one: `z.locales` has all of them, 260 KB.
z.config(en());
