import { mergeConfig } from 'vitest/config';
import base from './vite.config';

// A machine that has other work to do may be ten times slower.
const testTimeout = 120_000;
export default mergeConfig(base, {
  test: { environment: 'node', setupFiles: ['tests/unit/browser.ts'], testTimeout, hookTimeout: testTimeout },
});
