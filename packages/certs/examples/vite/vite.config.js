import altname from '@altname/certs/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [altname({ names: ['app.test', '*.app.test'] })],
});
