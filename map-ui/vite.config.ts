import { defineConfig } from 'vite';
import { guide } from './guide.ts';

/** Where `npm run dev` finds a running service. */
const service = process.env.IOC_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [guide()],
  build: {
    outDir: '../ioc/static',
    emptyOutDir: true,
    target: 'es2022',
    // Every asset is a file: a data: URL would need an exception in the content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    rollupOptions: {
      input: { index: 'index.html', ogc: 'src/ogc.ts' },
      output: {
        // A file of its own, which browsers keep when only ours changes.
        codeSplitting: { groups: [{ name: 'maplibre', test: /maplibre-gl.dist.*\.mjs$/ }] },
        // The pages under /ogc are not built here: what they load keeps its name.
        entryFileNames: (entry) => (entry.name === 'ogc' ? 'assets/ogc.js' : 'assets/[name]-[hash].js'),
        assetFileNames: (asset) => (asset.names.includes('maplibre-gl.css') ? 'assets/maplibre-gl.css' : 'assets/[name]-[hash][extname]'),
      },
    },
  },
  server: {
    host: '127.0.0.1',
    // docs/ too.
    fs: { allow: ['..'] },
    proxy: {
      '/v1': { target: service, ws: true },
      '/ogc': service,
    },
  },
});
