/** Looks at the node that this process runs on, and prints codes and messages as a line of JSON. */
import { detect } from '../../../src/detect/detect.ts';
import { listFlowtables } from '../../../src/detect/flowtables.ts';
import { hasIpvs } from '../../../src/detect/ipvs.ts';
import { NODE_FILES } from '../../../src/detect/node-files.ts';

const findings = detect(NODE_FILES, {
  queueVia: 'nft',
  conntrack: true,
  marksConnections: true,
  markWriters: [],
  judgesIpvs: true,
  flowtables: await listFlowtables(),
});
const seen = findings.map(({ code, message }) => [code, message]);
console.log(JSON.stringify({ ipvs: hasIpvs(NODE_FILES), seen }));
