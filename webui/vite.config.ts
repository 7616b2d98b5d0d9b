import { defineConfig } from 'vitest/config';
import solid from 'vite-plugin-solid';

// Addresses are relative, so that the page works below any prefix a proxy puts in front of it.
export default defineConfig({
  base: './',
  plugins: [solid()],
  build: {
    target: 'es2022',
    // A `data:` address would need an exception in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { include: ['tests/unit/**/*.test.ts'], environment: 'node' },
});
