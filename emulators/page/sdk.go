package page

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// sdkPath is where the modules of the SDK are served.
const sdkPath = "/firebase/sdk/"

// conditions choose a package's build for browsers, the most particular first.
var conditions = []string{"browser", "module", "import", "default"}

// imported finds what a module imports, or exports from another. In builds, each such
// statement begins a line.
var imported = regexp.MustCompile(`(?m)^(?:import|export)\b(?:[^;'"]*\bfrom)?\s*['"]([^'"]+)['"]`)

// sdk is the modules, and no others, that are reached from the packages that a
// package.json depends on.
type sdk struct {
	folder  fs.FS
	imports map[string]string // specifier, such as "@firebase/app" -> path it is served at
	modules map[string][]byte // file below node_modules -> content
}

// loadSDK finds the modules in a folder with a package.json that npm has installed.
func loadSDK(folder fs.FS) (sdk, error) {
	s := sdk{folder: folder, imports: map[string]string{}, modules: map[string][]byte{}}
	var root struct{ Dependencies map[string]string }
	if err := s.readJSON("package.json", &root); err != nil {
		return sdk{}, err
	}
	for name := range root.Dependencies {
		if err := s.addPackage(name); err != nil {
			return sdk{}, err
		}
	}
	return s, nil
}

// addPackage adds what a specifier without a path stands for.
func (s sdk) addPackage(specifier string) error {
	if s.imports[specifier] != "" {
		return nil
	}
	file, err := s.resolve(specifier)
	if err != nil {
		return fmt.Errorf("resolve %q: %w", specifier, err)
	}
	s.imports[specifier] = sdkPath + file
	return s.addModule(file)
}

// addModule adds a file and whatever it imports.
func (s sdk) addModule(file string) error {
	if s.modules[file] != nil {
		return nil
	}
	content, err := fs.ReadFile(s.folder, "node_modules/"+file)
	if err != nil {
		return err
	}
	s.modules[file] = content
	for _, match := range imported.FindAllSubmatch(content, -1) {
		specifier := string(match[1])
		if strings.HasPrefix(specifier, ".") {
			err = s.addModule(path.Join(path.Dir(file), specifier))
		} else {
			err = s.addPackage(specifier)
		}
		if err != nil {
			return fmt.Errorf("imported by %s: %w", file, err)
		}
	}
	return nil
}

// resolve finds the file below node_modules that a specifier stands for, as the
// exports of its package say. Packages lie side by side: npm nests them only where two
// versions of one are needed, and then this package has the wrong one of them.
func (s sdk) resolve(specifier string) (file string, err error) {
	parts := strings.SplitN(specifier, "/", 3)
	names := 1
	if strings.HasPrefix(specifier, "@") {
		names = 2
	}
	names = min(names, len(parts))
	name := strings.Join(parts[:names], "/")
	entry := strings.Join(append([]string{"."}, parts[names:]...), "/")
	var manifest struct{ Exports map[string]any }
	if err := s.readJSON("node_modules/"+name+"/package.json", &manifest); err != nil {
		return "", err
	}
	target, ok := manifest.Exports[entry]
	if !ok && entry == "." {
		target = manifest.Exports // a package of one entry may leave out the "."
	}
	if file = choose(target); file == "" {
		return "", fmt.Errorf("%s exports no module %q for browsers", name, entry)
	}
	return path.Join(name, file), nil
}

// choose follows conditions down to a file, or gives "".
func choose(target any) string {
	switch t := target.(type) {
	case string:
		return t
	case map[string]any:
		for _, condition := range conditions {
			if file := choose(t[condition]); file != "" {
				return file
			}
		}
	}
	return ""
}

func (s sdk) readJSON(file string, value any) error {
	data, err := fs.ReadFile(s.folder, file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	return nil
}
