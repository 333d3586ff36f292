/** One sound for each kind of verdict. A browser plays sounds only after a tap: the one that starts the camera. */

/** Hertz and seconds of each tone. Rising: go on. Falling: stop. Twice the same: look. */
const TONES = {
  good: [[660, 0.09], [990, 0.16]],
  look: [[660, 0.12], [0, 0.05], [660, 0.12]],
  stop: [[440, 0.18], [220, 0.35]],
  unsure: [[330, 0.2]],
};
const SHAKES = { good: [60], look: [60, 60, 60], stop: [300], unsure: [120] };

let context = null;

/** To be called on a tap. */
export function allowSounds() {
  const Context = globalThis.AudioContext ?? globalThis.webkitAudioContext;
  if (Context) context ??= new Context();
  context?.resume?.().catch(() => {});
}

export function play(tone) {
  navigator.vibrate?.(SHAKES[tone]);
  if (context?.state !== "running") return;
  let at = context.currentTime;
  for (const [hertz, seconds] of TONES[tone]) {
    if (hertz) beep(hertz, at, seconds);
    at += seconds;
  }
}

function beep(hertz, at, seconds) {
  const [tone, volume] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(0.4, at);
  volume.gain.exponentialRampToValueAtTime(0.01, at + seconds);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + seconds);
}
