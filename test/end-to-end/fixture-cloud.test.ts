// One file, so that these suites run one after another: they share the fixture's cloud, and some disable its consumers.
import './core.suite';
import './observe.suite';
import './permissions.suite';
