import { mergeConfig } from 'vitest/config';
import base from './vite.config';

export default mergeConfig(base, { test: { environment: 'node', setupFiles: ['tests/unit/browser.ts'] } });
