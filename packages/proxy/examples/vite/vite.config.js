import { viteProxy } from '@altname/proxy/vite';
import { defineConfig } from 'vite';

const { UPSTREAM = 'https://localhost:8443', UPSTREAM_NAME: name, UPSTREAM_CA: file } = process.env;

export default defineConfig({
  plugins: [
    viteProxy({
      '/api': {
        target: UPSTREAM,
        name,
        ca: file && { file },
        ws: true,
        rewrite: (path) => path.replace(/^\/api/, ''),
      },
    }),
  ],
});
