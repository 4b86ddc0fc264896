package browsertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// action is a step that gives nothing back.
type action = chromedp.Action[chromedp.Void]

// window is a browser's window with one person before it. It shares nothing with
// others: it is a browser context of its own.
type window struct {
	t    *testing.T
	name string
	ctx  context.Context

	mu     sync.Mutex
	faults []string // of the page's own code
}

// screens that windows are opened with.
var (
	desktop = chromedp.EmulateViewport(1280, 800)
	phone   = chromedp.EmulateViewport(360, 740, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch)
)

// openWindow opens a window at the page of a server.
func openWindow(t *testing.T, name string, screen action, url string) *window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	w := &window{t: t, name: name, ctx: ctx}
	messages := chromedp.Console(ctx)
	go func() {
		for message, err := range messages {
			if err == nil {
				w.notice(message)
			}
		}
	}()
	w.do(screen, chromedp.Navigate(url))
	t.Cleanup(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, fault := range w.faults {
			t.Errorf("%s's page: %s", name, fault)
		}
	})
	return w
}

// notice keeps what the page's own code does wrong. That a server cannot be reached,
// or refuses something, is said under the source "network".
func (w *window) notice(message chromedp.ConsoleMessage) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if message.IsException() || message.Type == chromedp.ConsoleError && message.Source != "network" {
		w.faults = append(w.faults, message.String())
	}
}

// do acts in the window. What does not work in time ends the test, with a picture.
func (w *window) do(actions ...action) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		w.picture("failed")
		w.t.Fatalf("%s's window: %v", w.name, err)
	}
}

// run has the page run JavaScript.
func (w *window) run(script string) {
	w.t.Helper()
	w.do(chromedp.Evaluate[chromedp.Void](script))
}

// value has the page work out a value in JavaScript.
func value[T any](w *window, expression string) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		w.t.Fatalf("%s's window: %v", w.name, err)
	}
	return got
}

// until waits for a condition in JavaScript.
func (w *window) until(condition string, arguments ...any) {
	w.t.Helper()
	expression := fmt.Sprintf(condition, arguments...)
	deadline := time.Now().Add(patience)
	for !value[bool](w, "Boolean("+expression+")") {
		if time.Now().After(deadline) {
			w.picture("failed")
			w.t.Fatalf("%s's window: still not %s\nit shows:\n%s", w.name, expression, value[string](w, "document.body.innerText"))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// one selects the element with a test id, leaving out what closed dialogs hold.
func one(testID string) chromedp.CSS {
	return chromedp.CSS(fmt.Sprintf("[data-testid=%q]:not(dialog:not([open]) *)", testID))
}

// see waits until an element shows a text.
func (w *window) see(testID, text string) {
	w.t.Helper()
	w.until(`[...document.querySelectorAll(%q)].some((e) => e.checkVisibility() && e.innerText.includes(%q))`, one(testID), text)
}

// gone waits until no element with a test id shows a text.
func (w *window) gone(testID, text string) {
	w.t.Helper()
	w.until(`![...document.querySelectorAll(%q)].some((e) => e.checkVisibility() && e.innerText.includes(%q))`, one(testID), text)
}

// click clicks an element once it stands still: what comes in may still be moving it.
func (w *window) click(testID string) {
	w.t.Helper()
	w.show(testID)
	place := fmt.Sprintf(`JSON.stringify(document.querySelector(%q)?.getBoundingClientRect() ?? null)`, one(testID))
	for before := ""; ; time.Sleep(50 * time.Millisecond) {
		now := value[string](w, place)
		if now == before {
			break
		}
		before = now
	}
	w.do(chromedp.Click(one(testID), chromedp.NodeVisible))
}

// fill writes a text in the place of what an input holds.
func (w *window) fill(testID, text string) {
	w.t.Helper()
	w.do(chromedp.Focus(one(testID), chromedp.NodeVisible), chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`), chromedp.KeyEvent(text))
}

// show waits until an element is there to be seen.
func (w *window) show(testID string) {
	w.t.Helper()
	w.do(chromedp.WaitVisible(one(testID)))
}

// say writes a message and sends it with the Enter key.
func (w *window) say(text string) {
	w.t.Helper()
	w.fill("composer", text)
	w.do(pressEnter)
	w.until(`document.querySelector(%q).value === ""`, one("composer"))
}

// pressEnter presses the Enter key as one event, which a page can keep from writing
// a line break, as it can with a keyboard.
func pressEnter(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	enter := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13}
	_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, enter)
	if err == nil {
		enter.Type, enter.Text = input.DispatchKeyEventTypeKeyUp, ""
		_, err = cdp.Call(ctx, t, input.DispatchKeyEvent, enter)
	}
	return chromedp.Void{}, err
}

// tabTo presses the Tab key until an element has the focus.
func (w *window) tabTo(testID string) {
	w.t.Helper()
	for range 60 {
		if value[string](w, `document.activeElement?.dataset.testid ?? ""`) == testID {
			return
		}
		w.do(chromedp.KeyEvent(kb.Tab))
	}
	w.picture("failed")
	w.t.Fatalf("%s's window: the Tab key does not reach %s", w.name, testID)
}

// sequences gives the sequences of the items on the page, from top to bottom.
func (w *window) sequences() []int64 {
	w.t.Helper()
	return value[[]int64](w, `[...document.querySelectorAll("[data-sequence]")].map((e) => Number(e.dataset.sequence))`)
}

// fits checks that nothing sticks out to the right, of the page or of an open dialog.
func (w *window) fits() {
	w.t.Helper()
	if width, shown := value[int](w, `document.documentElement.scrollWidth`), value[int](w, `innerWidth`); width > shown {
		w.picture("too-wide")
		w.t.Errorf("%s's page is %d pixels wide in a window of %d", w.name, width, shown)
	}
	if value[bool](w, `[...document.querySelectorAll("dialog[open]")].some((e) => e.scrollWidth > e.clientWidth)`) {
		w.picture("dialog-too-wide")
		w.t.Errorf("%s's dialog holds more than its width", w.name)
	}
}

// still waits until nothing moves any more, for a picture of a dialog that has just opened.
func (w *window) still() {
	w.t.Helper()
	w.until(`document.getAnimations().every((animation) => animation.playState === "finished")`)
}

// picture takes a picture of the window.
func (w *window) picture(step string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		name := strings.ToLower(strings.ReplaceAll(w.t.Name(), "/", "-") + "-" + step + "-" + w.name + ".png")
		err = os.WriteFile(filepath.Join(pictures, name), png, 0o644)
	}
	if err != nil {
		w.t.Errorf("picture of %s: %v", step, err)
	}
}

// dark makes the window prefer dark colours.
func dark(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	preference := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}
	_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, preference)
	return chromedp.Void{}, err
}

// offline cuts a window off from the network, or connects it again, and has the browser
// tell the page.
func offline(cut bool) action {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		requests := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Offline: cut, DownloadThroughput: -1, UploadThroughput: -1}}}
		_, err := cdp.Call(ctx, t, network.EmulateNetworkConditionsByRule, requests)
		if err == nil {
			state := network.OverrideNetworkStateParams{Offline: cut, DownloadThroughput: -1, UploadThroughput: -1}
			_, err = cdp.Call(ctx, t, network.OverrideNetworkState, state)
		}
		return chromedp.Void{}, err
	}
}
