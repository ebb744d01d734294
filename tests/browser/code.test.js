/** Code beside the curve: it follows the controls, and is copied as it stands. */

import assert from 'node:assert/strict';
import { onCpu, openLesson } from './harness.js';

onCpu('the code follows the controls and is copied as it stands', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'sin-cos',
    backend: 'cpu',
    context: { permissions: ['clipboard-read', 'clipboard-write'] },
  });
  const part = lesson.part('code');
  const program = part.locator('pre:visible');
  await part.getByText('The code of this run').click();
  await part.getByText('As in the tutorial.').waitFor();
  assert.match(String(await program.textContent()), /^TIME_STEP = 10$/m);
  assert.equal(await program.locator('mark').count(), 0);

  await lesson.part('timeStep').fill('20');
  await lesson.part('timeStep').blur();
  // The settings are far above it.
  await part.scrollIntoViewIfNeeded();
  await program.getByText('20', { exact: true }).waitFor();
  assert.deepEqual(await program.locator('mark').allTextContents(), ['20']);
  await part.getByText('Different from the tutorial, and marked: Time steps.').waitFor();

  await lesson.part('copy').click();
  await part.getByText('Copied.').waitFor();
  const copied = await lesson.page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied, await program.textContent());

  // From the keyboard to the other language, and a mode that changes lines.
  await part.getByRole('tab', { name: 'PyTorch' }).focus();
  await lesson.page.keyboard.press('ArrowRight');
  await part.getByRole('tab', { name: 'Burn', selected: true }).waitFor();
  await lesson.part('stateMode').selectOption('truncated');
  await part.scrollIntoViewIfNeeded();
  await program.getByText('window.remove(0);').waitFor();
  await lesson.part('segmentsBack').fill('4');
  await lesson.part('segmentsBack').blur();
  await part.scrollIntoViewIfNeeded();
  await program.locator('mark', { hasText: 'SEGMENTS_BACK: usize = 4' }).waitFor();
});

onCpu('where copying is not allowed, the program is selected', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'synthetic',
    context: { locale: 'en' },
  });
  await lesson.page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error('not here'));
  });
  await lesson.run((element) => element.figure('code', { language: 'burn' }));
  await lesson.part('copy').click();
  await lesson.part('code').getByText('Copying is not allowed here.').waitFor();
});

onCpu('a program that is asked for shows where it differs', async (t) => {
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data: 'synthetic' });
  await lesson.call('set', { carryState: true });
  for (const language of ['pytorch', 'burn']) {
    await lesson.call('figure', 'code', { language });
    const program = lesson.part('code').locator('pre:visible');
    const mark = program.locator('mark').first();
    await lesson.page.waitForFunction(
      ([program, mark]) => {
        const [all, one] = [program, mark].map((it) => it?.getBoundingClientRect());
        return all && one && one.top > all.top && one.bottom < all.bottom;
      },
      [await program.elementHandle(), await mark.elementHandle()],
    );
  }
});
