# Packages for learning without a network
package-many-modules = At most { $maximum } modules can be asked for at once. Make several packages.
package-no-module = There is no module { $id }. Choose from modules.
package-no-language = There are no lessons in { $language } yet. There are: { $languages }.
package-modalities = Name at least one of the modalities, and each once.
package-budget = The budget must be 1 byte or more.
package-have = have must be the id of a package received: 64 hexadecimal digits in lower case.
